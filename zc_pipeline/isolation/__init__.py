"""Every PDF is opened in a process of its own that is thrown away afterwards.

    reading (the caller) → server (forks) → worker (one document, confined by sandbox) → messages → reading

Here belong: the limits, the processes, what they may do, the messages between them, and a document's way to
another machine that reads it so (``shipping``). Not here: reading a PDF (``parse``, whose functions the
worker calls), where limits are set (``settings``), who reads how many at once (``pipeline.executors``), the
verdict on a document.

What holds where:

- **Linux:** all limits of :class:`~zc_pipeline.isolation.limits.Limits`, no written files, and no process
  outlives its caller. The network is out of reach where the kernel lets the process leave it: for root with
  ``CAP_SYS_ADMIN``, and for others where user namespaces are allowed
  (:func:`~zc_pipeline.isolation.reading.is_network_off` tells). That a reader starts no other process
  (``RLIMIT_NPROC``) does not hold for root.
- **macOS:** time, pages, file size and open files hold. The kernel does not limit address space, the network
  stays in reach, and time in which a busy machine makes a reader wait counts as its own. A reader whose
  server is killed outlives it until its CPU seconds are used up.
- **Windows:** cannot fork, so nothing is read there; use WSL.

System calls are not filtered: a reader that is taken over by a file can read what its user can read, can hand
over a wrong text of that file, and is ended by the limits.
"""
