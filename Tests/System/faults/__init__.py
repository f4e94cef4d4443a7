"""Faults: what becomes of signatures while the machine, the disk or the network fails."""
