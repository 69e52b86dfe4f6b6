"""How spans and log events leave: providers, the sampler, the queue, the OTLP exporters."""
