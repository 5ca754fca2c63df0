#include "store/foreign_database.h"

#include <sys/stat.h>

#include <utility>

#include "store/connection.h"
#include "store/statement.h"

namespace tidemark {
namespace {

/// A file apart from its name.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

std::optional<FileIdentity> identity_of(const std::filesystem::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino};
}

}  // namespace

std::optional<std::int64_t> ForeignRow::integer(int column) const {
  return statement_.integer(column);
}
std::optional<double> ForeignRow::real(int column) const {
  return statement_.real(column);
}
std::optional<std::string> ForeignRow::text(int column) const {
  return statement_.text(column);
}

struct ForeignDatabase::State {
  Connection db;
  std::optional<FileIdentity> opened{};
};

ForeignDatabase::ForeignDatabase(std::unique_ptr<State> state) : state_(std::move(state)) {}
ForeignDatabase::ForeignDatabase(ForeignDatabase&&) noexcept = default;
ForeignDatabase& ForeignDatabase::operator=(ForeignDatabase&&) noexcept = default;
ForeignDatabase::~ForeignDatabase() = default;

Result<ForeignDatabase> ForeignDatabase::open(const std::filesystem::path& file,
                                              std::chrono::milliseconds busy_wait) {
  // Before it is opened: a file that is replaced in between is then opened once more, not missed.
  const auto identity = identity_of(file);
  auto db = Connection::open(file, {.read_only = true, .create = false, .busy_wait = busy_wait});
  if (!db) return std::unexpected(db.error());
  return ForeignDatabase{std::make_unique<State>(State{std::move(*db), identity})};
}

Result<void> ForeignDatabase::query(const std::string& sql,
                                    std::span<const ForeignValue> parameters,
                                    const std::function<void(const ForeignRow&)>& use) {
  auto statement = state_->db.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  for (const auto& parameter : parameters)
    std::visit([&statement](const auto& value) { statement->bind(value); }, parameter);
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    use(ForeignRow{*statement});
  }
}

Result<std::int64_t> ForeignDatabase::version() {
  std::int64_t version = 0;
  auto asked = query("PRAGMA data_version", {},
                     [&version](const ForeignRow& row) { version = row.integer(0).value_or(0); });
  if (!asked) return std::unexpected(asked.error());
  return version;
}

bool ForeignDatabase::is_current() const {
  return state_->opened.has_value() && identity_of(state_->db.file()) == state_->opened;
}

bool ForeignDatabase::is_frozen() const {
  return state_->db.is_immutable();
}

}  // namespace tidemark
