/* The databases in which RPM keeps a header for each installed package, by their three back ends.
 * Pure. */
#pragma once

#include "util/error.h"

#define AK_RPM_MAX_BLOBS 20000
#define AK_RPM_MAX_BLOB (64u << 20)

/* One header, borrowed for the time of the call; `offset` and `length` are its place in the file,
 * where it lies in one piece, else 0 and the file's size. */
typedef void (*AkRpmTake)(gpointer data, const guint8 *blob, gsize size, gsize offset,
                          gsize length);

/* Each calls `take` for every header; returns how many entries, or what else, could not be read. */

/* "Packages.db". Source: rpm, lib/backend/ndb/rpmpkg.c: little-endian slots of 16 bytes in the
 * first pages, blobs with head and tail. */
guint ak_rpm_ndb_each(const guint8 *data, gsize size, AkRpmTake take, gpointer user);

/* "Packages": a hash of Berkeley DB, of either byte order. Source: Berkeley DB 5.3,
 * src/dbinc/db_page.h: metadata page, hash pages, pairs of key and data, overflow pages. */
guint ak_rpm_bdb_each(const guint8 *data, gsize size, AkRpmTake take, gpointer user);

/* "rpmdb.sqlite": a table "Packages" of numbers and blobs, read by SQLite in memory. Source: rpm,
 * lib/backend/sqlite.c. */
guint ak_rpm_sqlite_each(const guint8 *data, gsize size, AkRpmTake take, gpointer user);

bool ak_firmware_rpm_ndb_fuzz(const guint8 *data, gsize size);
bool ak_firmware_rpm_bdb_fuzz(const guint8 *data, gsize size);
bool ak_firmware_rpm_sqlite_fuzz(const guint8 *data, gsize size);
