/* journal_abi.h is a C11 header: a writer in C, called by writer_test.cpp. */
#include "tidemark/journal_abi.h"

int tidemark_test_write_from_c(const char* path);

int tidemark_test_write_from_c(const char* path) {
  tidemark_journal* journal = tidemark_journal_open(path, NULL);
  tidemark_step_values values = {.step = 7, .present = tidemark_has_loss, .loss = 0.5};
  const int taken = tidemark_journal_step(journal, &values) +
                    tidemark_journal_event(journal, "from_c", 6, "{}", 2);
  tidemark_journal_close(journal);
  return taken;
}
