/* A disk that fails on command, for tests: the n-th durable call fails, or the power goes there and
 * what was not synced is gone.
 *
 * It keeps, beside the real files, what a disk would hold: a file's bytes as of its last successful
 * sync, and a folder's names as of that folder's last sync. A failed sync forgets which pages were
 * dirty, as Linux does: a later sync that succeeds does not write them. kill -9 keeps the page
 * cache, so only this can show a missing sync.
 *
 * One process, one disk: start, work, cut or stop. Any thread may work in between. */
#pragma once

#include "util/io.h"

typedef enum {
  AK_IO_FAULT_NONE,        /* count the calls only */
  AK_IO_FAULT_ERROR,       /* the call fails with error_number */
  AK_IO_FAULT_FROM_THERE,  /* it and every later one fail with error_number */
  AK_IO_FAULT_SHORT_WRITE, /* a write writes half; other calls work */
  AK_IO_FAULT_POWER_CUT,   /* it and every later call fail; ak_io_fault_power_cut follows */
} AkIoFaultKind;

typedef struct {
  AkIoFaultKind kind;
  guint64 nth;      /* 1 is the first call; reads and closes do not count */
  int error_number; /* EIO, ENOSPC … */
} AkIoFault;

/* Puts the driver in place. `stash_dir` is an existing empty folder on the same file system, where
 * it keeps files whose names were overwritten or removed. What exists now counts as synced. */
void ak_io_fault_start(const char *stash_dir, const AkIoFault *fault);
/* Another fault from now on, and calls are counted from 0 again; what the disk holds stays as it
 * is: a process died and another one works on the same page cache. */
void ak_io_fault_change(const AkIoFault *fault);
/* Counted calls so far. */
guint64 ak_io_fault_calls(void);
/* The power goes: brings files and names back to what a disk would hold, and counts that as synced.
 * With `keep_seed` 0 nothing unsynced survives; else each 512-byte sector that was written survives
 * or not, and the last name changes are lost, as the seed decides. Until ak_io_fault_stop every
 * call fails. Close what was open before opening it again. */
void ak_io_fault_power_cut(guint32 keep_seed);
/* Takes the driver away and empties the stash. */
void ak_io_fault_stop(void);
