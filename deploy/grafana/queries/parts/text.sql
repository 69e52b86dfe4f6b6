decodeURLComponent('${@1:percentencode}')
