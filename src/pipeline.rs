//! Threads and bounded channels from files to alerts; counters; what happens when it is too much.
