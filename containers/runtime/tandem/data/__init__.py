"""Rows between a format and a model: cells, columns, sparse rows, tables and schemas.

Channels of training files are read in `tandem.codecs.training_channel`.
"""
