('${@1:percentencode}' = '%2A' OR position(replaceRegexpOne(decodeURLComponent('${@1:percentencode}'), '(?s)^\\{(.*)\\}$', ',\\1,'), concat(',', @2, ',')) > 0)
