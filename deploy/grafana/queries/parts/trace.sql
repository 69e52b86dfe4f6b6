replaceRegexpOne(lower(trimBoth(decodeURLComponent('${trace_id:percentencode}'))), '^tr-', '')
