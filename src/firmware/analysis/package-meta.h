/* What packages of programming languages say of themselves in a file of their own. Pure.
 * Source: Python, core metadata (PEP 345, 566) and the recording of installed projects (PEP 376,
 * 627); npm, package.json; LuaRocks, rockspec; JAR File Specification, manifest; Maven,
 * pom.properties. */
#pragma once

#include "util/error.h"

typedef enum {
  AK_META_PYTHON, /* …/NAME.dist-info/METADATA, …/NAME.egg-info/PKG-INFO, …/NAME.egg-info */
  AK_META_NODE,   /* …/node_modules/NAME/package.json */
  AK_META_LUA,    /* …/NAME-VERSION.rockspec */
  AK_META_JAVA,   /* /META-INF/MANIFEST.MF in an archive */
  AK_META_MAVEN,  /* …/META-INF/maven/GROUP/NAME/pom.properties */
} AkMetaKind;

typedef struct {
  char *group; /* of Maven; of npm the scope ("@types"); NULL: none */
  char *name, *version;
} AkMeta;
void ak_meta_clear(AkMeta *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkMeta, ak_meta_clear)

/* True for the path of such a file. */
bool ak_package_meta_is(const char *path, AkMetaKind *kind);

/* False where it names no package and version; then nothing is to be freed. At most 1 MiB is read.
 */
bool ak_package_meta_read(AkMetaKind kind, const guint8 *data, gsize size, AkMeta *out);

/* "pkg:pypi/requests@2.28.1", "pkg:npm/%40types/node@18.0.0", "pkg:maven/GROUP/NAME@1"; of
 * manifests, which tell no group, "pkg:generic/…". Caller frees. Source: purl specification, types
 * pypi, npm, luarocks, maven. */
char *ak_package_meta_purl(AkMetaKind kind, const AkMeta *meta);

bool ak_firmware_package_meta_fuzz(const guint8 *data, gsize size);
