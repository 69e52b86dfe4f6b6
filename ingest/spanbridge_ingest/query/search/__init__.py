"""Searching traces: the filter language, its way to SQL, order, pages and sessions.

parse.py       text -> expression (nodes.py), by grammar.lark; fields.py is all it may name
compile.py     expression -> a condition on trace ids, with bound parameters only
order.py       order_by, and where a page goes on (token.py)
run.py         finds the traces of a page; documents.py reads them
sessions.py    finds sessions
routes.py      the HTTP routes
"""
