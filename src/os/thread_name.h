// Names shown by ps and debuggers.
#pragma once

namespace tidemark {

/// At most 15 bytes (pthread_setname_np(3)); longer names are refused by the kernel and ignored
/// here.
void name_this_thread(const char* name);

}  // namespace tidemark
