/* Grows by 4 MiB at a time until it holds argv[1] MiB, slowly enough to be sampled. Then it waits. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char** words) {
  const size_t piece = (size_t)4 << 20;
  const long pieces = count > 1 ? atol(words[1]) / 4 : 0;
  for (long i = 0; i < pieces; ++i) {
    char* memory = malloc(piece);
    if (memory == NULL) return 3;
    memset(memory, 1, piece);
    usleep(20000);
  }
  for (;;) pause();
}
