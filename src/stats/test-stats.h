/* What tests of stats/ share. */
#pragma once

#include <glib.h>
#include <math.h>

/* As near as a printed table with so many places says. */
#define assert_near(value, expected, tolerance)                                                    \
  g_assert_cmpfloat_with_epsilon(value, expected, tolerance)
