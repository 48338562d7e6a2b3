/* The matcher of users' rules (util/library.h). */
#pragma once

#include <yara.h>

#include "util/library.h"

#define AK_YARA_FUNCTIONS(X) \
  X(yr_compiler_add_string) \
  X(yr_compiler_create) \
  X(yr_compiler_destroy) \
  X(yr_compiler_get_rules) \
  X(yr_compiler_set_callback) \
  X(yr_compiler_set_include_callback) \
  X(yr_finalize) \
  X(yr_initialize) \
  X(yr_rules_destroy) \
  X(yr_rules_scan_mem)

typedef struct {
  AK_YARA_FUNCTIONS(AK_LIBRARY_MEMBER)
} AkYara;
extern AkYara ak_yara;

/* Before any of the functions is called; errors as ak_library_load. */
bool ak_yara_load(GError **error);

#define yr_compiler_add_string ak_yara.yr_compiler_add_string
#define yr_compiler_create ak_yara.yr_compiler_create
#define yr_compiler_destroy ak_yara.yr_compiler_destroy
#define yr_compiler_get_rules ak_yara.yr_compiler_get_rules
#define yr_compiler_set_callback ak_yara.yr_compiler_set_callback
#define yr_compiler_set_include_callback ak_yara.yr_compiler_set_include_callback
#define yr_finalize ak_yara.yr_finalize
#define yr_initialize ak_yara.yr_initialize
#define yr_rules_destroy ak_yara.yr_rules_destroy
#define yr_rules_scan_mem ak_yara.yr_rules_scan_mem
