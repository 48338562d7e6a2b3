/* Consent: may this address be tested now, up to this grade? Without a valid authorization nothing is
 * sent; loopback is excepted. */
#pragma once

#include "core/product.h"

/* 127.0.0.0/8 or ::1, numeric. */
bool ak_authorization_is_loopback(const char *address);

/* Is `address` one that the consent names? Says nothing of period and grade; loopback only where it is
 * named. */
bool ak_authorization_allows_address(const AkAuthorization *consent, const char *address);

/* May an account behind `address` be locked out by wrong passwords? PERMISSION where not. Loopback
 * without a consent may. Ask beside ak_authorization_check. */
bool ak_authorization_check_lockout(const AkAuthorization *consent, const char *address,
                                    GError **error);

/* Likewise for well-known credentials (an SNMP community): a wrong one counts as a failed log-in. */
bool ak_authorization_allows_credentials(const AkAuthorization *consent, const char *address);

/* True if `consent` (may be NULL) covers `address` at `now_utc_us` for a test of `grade`. PERMISSION
 * with the first thing that is missing; "ADDRESS: there is no authorization in the product file". An
 * address that is not numeric is always refused. On loopback only the grade is asked, and only where
 * there is a consent. */
bool ak_authorization_check(const AkAuthorization *consent, const char *address,
                            gint64 now_utc_us, AkGrade grade, GError **error);
