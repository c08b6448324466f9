#include "results/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace gaikei {
namespace {

/// A reader beside the writer may hold it up so long.
constexpr int kBusyMilliseconds = 2000;

DatabaseError LastError(sqlite3* database) {
  return {sqlite3_errcode(database) & 0xFF, sqlite3_errmsg(database)};
}

const char* KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

/// Says so where a database, or what belongs to it, would be no regular file: reading a pipe has no
/// end. Empty otherwise.
std::string WhyNoFile(const std::string& path) {
  for (const char* part : {"", "-wal", "-shm", "-journal"}) {
    struct stat status {};
    if (::stat((path + part).c_str(), &status) != 0 || S_ISREG(status.st_mode)) continue;
    const std::string what = *part == '\0' ? "" : std::string("its ") + part + " ";
    return what + "is " + KindOf(status.st_mode) + ", no file";
  }
  return "";
}

}  // namespace

bool DatabaseError::is_corrupt() const { return code == SQLITE_CORRUPT || code == SQLITE_NOTADB; }
bool DatabaseError::is_full() const { return code == SQLITE_FULL; }

bool IsUnwritable(const DatabaseError& error, const std::string& path) {
  if (error.code == SQLITE_FULL || error.code == SQLITE_READONLY || error.code == SQLITE_IOERR) {
    return true;
  }
  if (error.code != SQLITE_CANTOPEN) return false;
  // SQLite does not tell why.
  for (const char* part : {"", "-wal"}) {
    const int file = ::open((path + part).c_str(), O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600);
    if (file < 0) {
      return errno == ENOSPC || errno == EDQUOT || errno == EROFS || errno == EIO;
    }
    ::close(file);
  }
  return false;
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

void Database::Close::operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }

Statement& Statement::Bind(int index, std::int64_t value) {
  sqlite3_bind_int64(native_.get(), index, value);
  return *this;
}

Statement& Statement::Bind(int index, double value) {
  sqlite3_bind_double(native_.get(), index, value);
  return *this;
}

Statement& Statement::Bind(int index, std::string_view text) {
  sqlite3_bind_text(native_.get(), index, text.data(), static_cast<int>(text.size()),
                    SQLITE_STATIC);
  return *this;
}

Statement& Statement::BindBlob(int index, std::string_view bytes) {
  // A null pointer would bind NULL.
  sqlite3_bind_blob(native_.get(), index, bytes.empty() ? "" : bytes.data(),
                    static_cast<int>(bytes.size()), SQLITE_STATIC);
  return *this;
}

DatabaseResult<bool> Statement::Step() {
  const int code = sqlite3_step(native_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  DatabaseError error = LastError(sqlite3_db_handle(native_.get()));
  sqlite3_reset(native_.get());
  return tl::unexpected(std::move(error));
}

DatabaseResult<void> Statement::Run() {
  for (;;) {
    auto row = Step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) break;
  }
  Reset();
  return {};
}

void Statement::Reset() {
  sqlite3_reset(native_.get());
  sqlite3_clear_bindings(native_.get());
}

std::int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(native_.get(), column);
}

double Statement::Real(int column) const { return sqlite3_column_double(native_.get(), column); }

std::string Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(native_.get(), column));
  if (text == nullptr) return "";
  return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(native_.get(), column)));
}

std::string_view Statement::Blob(int column) const {
  const void* bytes = sqlite3_column_blob(native_.get(), column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(native_.get(), column))};
}

DatabaseResult<Database> Database::Open(const std::string& path) {
  const mode_t old_mask = ::umask(0077);
  auto database = OpenAs(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  ::umask(old_mask);
  return database;
}

DatabaseResult<Database> Database::OpenReadOnly(const std::string& path) {
  return OpenAs(path, SQLITE_OPEN_READONLY);
}

DatabaseResult<Database> Database::OpenImmutable(const std::string& path) {
  if (std::string why = WhyNoFile(path); !why.empty()) {
    return tl::unexpected(DatabaseError{SQLITE_CANTOPEN, std::move(why)});
  }
  std::string uri = "file:";
  for (const char c : path) {
    const bool is_plain = std::string_view("?#%").find(c) == std::string_view::npos;
    uri += is_plain ? std::string(1, c) : fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  return OpenAs(uri + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

DatabaseResult<Database> Database::OpenAs(const std::string& path, int flags) {
  if (std::string why = WhyNoFile(path); !why.empty()) {
    return tl::unexpected(DatabaseError{SQLITE_CANTOPEN, std::move(why)});
  }
  Database database;
  sqlite3* native = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &native, flags | SQLITE_OPEN_FULLMUTEX, nullptr);
  database.native_.reset(native);
  if (code != SQLITE_OK) return tl::unexpected(LastError(native));
  sqlite3_busy_timeout(native, kBusyMilliseconds);
  return database;
}

DatabaseResult<void> Database::Execute(const char* sql) {
  if (sqlite3_exec(native_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return tl::unexpected(LastError(native_.get()));
  }
  return {};
}

DatabaseResult<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* native = nullptr;
  if (sqlite3_prepare_v3(native_.get(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &native, nullptr) != SQLITE_OK) {
    return tl::unexpected(LastError(native_.get()));
  }
  Statement statement;
  statement.native_.reset(native);
  return statement;
}

DatabaseResult<void> Database::PrepareAll(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    auto statement = Prepare(row.sql);
    if (!statement) return tl::unexpected(std::move(statement.error()));
    row.statement = std::move(*statement);
  }
  return {};
}

DatabaseResult<std::int64_t> Database::Integer(const char* sql) {
  auto statement = Prepare(sql);
  if (!statement) return tl::unexpected(std::move(statement.error()));
  auto row = statement->Step();
  if (!row) return tl::unexpected(std::move(row.error()));
  return *row ? statement->Integer(0) : 0;
}

std::string Database::Serialize() const {
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> bytes(
      sqlite3_serialize(native_.get(), "main", &size, 0), &sqlite3_free);
  if (!bytes) return "";
  return std::string(reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(size));
}

bool Database::is_in_transaction() const { return sqlite3_get_autocommit(native_.get()) == 0; }

}  // namespace gaikei
