-- Always true. Uses the map as a whole, or the engine reads it again for each of the hundred keys
-- that GenAIInput and GenAIOutput ask for.
NOT ignore(SpanAttributes)
