"""What a bank does with attested ledgers: admission, features, scorecard, limit and price.

`extract_features` turns a ledger into attested integers, `train_scorecard` and `validate` make and judge a
model on labelled firms, `Scorecard.integer_score` is what the private protocol computes, and `decide` turns
a score into a grade, a limit and a rate.
"""
