"""Tables generated from the registry; do not edit."""
