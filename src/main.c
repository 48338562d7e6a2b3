/* Hands over: to a worker's job where the program was started as a worker, else to the commands. */
#include "cli/command.h"

int main(int argc, char **argv) { return ak_cli_main(argc, argv); }
