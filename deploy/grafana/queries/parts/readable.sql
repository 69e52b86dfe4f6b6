if(
    empty(multiIf(
        startsWith(@1, '['), JSONExtractArrayRaw(@1),
        JSONHas(@1, 'messages'), JSONExtractArrayRaw(@1, 'messages'),
        JSONHas(@1, 'choices'), JSONExtractArrayRaw(@1, 'choices'),
        []
    ) AS @2_messages),
    if(startsWith(@1, '"'), JSONExtractString(@1), @1),
    arrayStringConcat(arrayMap(
        outer -> concat(
            if(JSONExtractString(if(JSONHas(outer, 'message'), JSONExtractRaw(outer, 'message'), outer) AS message, 'role') AS role = '', '', concat(role, ': ')),
            multiIf(
                JSONExtractString(message, 'content') != '', JSONExtractString(message, 'content'),
                empty(arrayConcat(JSONExtractArrayRaw(message, 'parts'), JSONExtractArrayRaw(message, 'content')) AS pieces),
                message,
                arrayStringConcat(arrayMap(
                    piece -> multiIf(
                        JSONExtractString(piece, 'content') != '', JSONExtractString(piece, 'content'),
                        JSONExtractString(piece, 'text') != '', JSONExtractString(piece, 'text'),
                        piece
                    ),
                    pieces
                ), '\n')
            )
        ),
        @2_messages
    ), '\n\n')
)
