#include "os/thread_name.h"

#include <pthread.h>

namespace tidemark {

void name_this_thread(const char* name) {
  (void)::pthread_setname_np(name);  // of the calling thread, the only one that Darwin lets name
}

}  // namespace tidemark
