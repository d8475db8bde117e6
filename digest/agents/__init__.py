"""What agents can ask, by the Model Context Protocol: the answers of the command line, marked as what they are.

An entry says what a stranger wrote. A language model that reads it may take it for an instruction, so it is told in
each description and in each answer, and finds all of it in fields called ``untrusted``. Nothing here changes anything.
"""
