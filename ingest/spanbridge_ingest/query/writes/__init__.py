"""What may be changed over the API: tags, assessments, and whether a trace is there at all."""
