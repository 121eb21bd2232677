"""The parts with what they really stand on: processes, sockets, files, clients of others.

No engine and no browser; slower than the unit tests beside this folder.
"""
