/* An installed package as its RPM header tells it. Pure. Source: rpm, include/rpm/rpmtag.h. */
#pragma once

#include "firmware/analysis/package-db.h"

/* The package of a header without its magic; NULL where it names no proper one. `is_none` gets
 * whether the header is a key that RPM keeps among the packages. */
AkPackage *ak_rpm_package_read(const guint8 *blob, gsize size, bool *is_none);

bool ak_firmware_rpm_package_fuzz(const guint8 *data, gsize size);
