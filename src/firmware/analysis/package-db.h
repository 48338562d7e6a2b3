/* Databases of installed packages: dpkg, opkg, apk and rpm. Pure.
 * Source: deb-control(5) and dpkg(1) for status files; opkg writes the same form; apk: the
 * installed database's format as apk-tools documents it (apk-v2(5)). */
#pragma once

#include "util/error.h"

typedef enum {
  AK_PACKAGE_DPKG,
  AK_PACKAGE_OPKG,
  AK_PACKAGE_APK,
  AK_PACKAGE_RPM_BDB,
  AK_PACKAGE_RPM_NDB,
  AK_PACKAGE_RPM_SQLITE,
  AK_PACKAGE_OTHER, /* is not read */
} AkPackageKind;

bool ak_package_kind_is_rpm(AkPackageKind kind);

typedef struct {
  char *name, *version;
  char *architecture;   /* "" where none is named */
  gsize offset, length; /* the entry within the file; the whole file where it is in pieces */
  GPtrArray *files;     /* of char *: its paths; NULL where the database does not name them */
} AkPackage;
void ak_package_free(AkPackage *self);

/* True for the path of a database; OTHER is one of a kind that is not read (pacman). */
bool ak_package_db_is(const char *path, AkPackageKind *kind);

/* The packages that are installed: GPtrArray of AkPackage, at most 20,000. `unread` gets the number
 * of entries that have no proper name or version, or are too many. */
GPtrArray *ak_package_db_read(AkPackageKind kind, const guint8 *data, gsize size, guint *unread);

bool ak_firmware_package_db_fuzz(const guint8 *data, gsize size);
