// What people read for a component or a ledger's part. Private to report.
#pragma once

#include <string_view>

namespace tidemark {

/// "DataLoader workers" for "dataloader_workers"; what has no such name is shown as it is.
std::string_view people_name(std::string_view component);

}  // namespace tidemark
