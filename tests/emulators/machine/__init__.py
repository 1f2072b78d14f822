"""Boots what an emulated cloud launched: a machine is a set of Linux namespaces with systemd in them.

Knows no cloud: the caller that boots a machine gives its addresses, its user data, and the answers of its metadata service. Needs
root and a network of its own (enclosed.ts), so that nothing a machine sends can leave this computer.
"""
