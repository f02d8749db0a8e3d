"""The checks. A check is one function: its name is its code, its docstring has the rule, the reason and the remedy.

    @check("annotation", on="set")
    def span_blank(case: Case) -> Findings:
        \"""a span neither begins nor ends with a blank
        Why: two annotators who mark the same word would disagree on it by a blank that nobody sees.
        Fix: run standpoint fix --write, which moves the offset to the word.\"""
        for span, _ in case.spans:
            if span.quote != span.quote.strip():
                yield span.id, place(span)

A check yields (where, finding) for each fault: an annotation's id or "", and what the data have instead. ``table.SCOPES``
says when a check runs, ``table.SUBJECTS`` which parameters it has. A fault that ``codebook/validate.py`` finds has no function
here: its texts are in ``faults.toml``. ``tests/checks/bad/<CODE>.*`` has a bad case for each check; ``docs/checks.md`` is
generated from the docstrings and from that file.
"""
