/* A test may use lower rooms, never the other engine and nothing above. */
#include "exchange/yaml.h"
#include "firmware/unpack/tree.h" /* wants direction */
#include "verify/plan/plan.h" /* wants direction */
