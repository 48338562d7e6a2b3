/* What gives a shell: telnet servers, consoles, and programs that hand a connection to another program. Judges of
 * boot-service.h; pure. */
#pragma once

#include "firmware/analysis/boot-service.h"

const char *ak_boot_shell_judge_telnet(const AkBootService *self, const AkBootFacts *facts, GPtrArray *risks);
const char *ak_boot_shell_judge_getty(const AkBootService *self, const AkBootFacts *facts, GPtrArray *risks);
const char *ak_boot_shell_judge_login(const AkBootService *self, const AkBootFacts *facts, GPtrArray *risks);
/* A shell itself: on a console, or for a connection. */
const char *ak_boot_shell_judge_console(const AkBootService *self, const AkBootFacts *facts, GPtrArray *risks);
const char *ak_boot_shell_judge_network(const AkBootService *self, const AkBootFacts *facts, GPtrArray *risks);
/* nc, socat, tcpsvd and their kin, where they run a program. */
const char *ak_boot_shell_judge_relay(const AkBootService *self, const AkBootFacts *facts, GPtrArray *risks);

/* False for programs of these names that run no other program: a client, say. */
bool ak_boot_shell_runs_program(const char *name, const char *const *arguments);
