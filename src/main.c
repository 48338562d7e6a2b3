/* Hands over: to a worker's job where the program was started as a worker, else to the commands. */
#include "cli/command.h"
#include "sandbox/worker.h"

int main(int argc, char **argv) {
  if (ak_worker_is_requested(argc, argv))
    return ak_worker_main(argc, argv);
  return ak_cli_main(argc, argv);
}
