"""From an archive to the articles worth annotating: read, filter, tell copies apart, draw.

The engine is datatrove. Its executors run the jobs, on this machine, on Slurm or on Ray, and mark the tasks that are done; its
MinHash stages propose copies; its writers keep what one job leaves to the next. Our steps are the rest, as datatrove's "custom
functions": objects that are called with the documents, the number of the task and the number of tasks.
"""
