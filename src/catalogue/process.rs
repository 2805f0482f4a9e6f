//! The standard process metrics, by the names and helps every client library gives them.

use super::family::families;

families! { Process:
    CPU: Counter "process_cpu_seconds_total" []
        "Total user and system CPU time spent in seconds.";
    OPEN_FDS: Gauge "process_open_fds" []
        "Number of open file descriptors.";
    MAX_FDS: Gauge "process_max_fds" []
        "Maximum number of open file descriptors.";
    VIRTUAL_MEMORY: Gauge "process_virtual_memory_bytes" []
        "Virtual memory size in bytes.";
    RESIDENT_MEMORY: Gauge "process_resident_memory_bytes" []
        "Resident memory size in bytes.";
    START_TIME: Gauge "process_start_time_seconds" []
        "Start time of the process since unix epoch in seconds.";
    THREADS: Gauge "process_threads" []
        "Number of OS threads in the process.";
}
