/* Members of a chain's rows that a plan holds in properties of ours; each list ends with NULL. */
#pragma once

extern const char *const ak_oscal_ssp_element_members[];
extern const char *const ak_oscal_ssp_measure_members[];
extern const char *const ak_oscal_ssp_acceptance_members[];
extern const char *const ak_oscal_ssp_impact_members[];
extern const char *const ak_oscal_ssp_number_members[]; /* of all rows: those that are numbers */
