#include "results/spool/spool_mend.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "results/schema.h"
#include "results/spool/spool_schema.h"

namespace gaikei {
namespace {

// Offsets in a database file (sqlite.org/fileformat2.html, 1.3).
constexpr std::size_t kWriteVersion = 18;
constexpr std::size_t kReadVersion = 19;
constexpr std::size_t kChangeCounter = 24;
constexpr std::size_t kPageCount = 28;
constexpr std::size_t kFreePages = 32;  // the first of them, and how many
constexpr std::size_t kFreePagesEnd = 40;
constexpr std::size_t kValidFor = 92;

/// What differs from file to file, from and to: the change counter, what is free and the number of
/// the schema, which SQLite wrote it and when.
constexpr std::pair<std::size_t, std::size_t> kOfTheFile[] = {{24, 28}, {32, 44}, {92, 100}};
constexpr char kWithLog = 2;
constexpr std::size_t kPageSize = 4096;

/// A page is one of ours when so much of it is as it should be.
constexpr std::size_t kSamePercent = 60;

std::string Tables(Database& database, DatabaseError& error) {
  auto select = database.Prepare("SELECT name, rootpage, sql FROM sqlite_schema ORDER BY rowid");
  if (!select) {
    error = std::move(select.error());
    return "";
  }
  std::string tables;
  for (;;) {
    const auto row = select->Step();
    if (!row) {
      error = row.error();
      return "";
    }
    if (!*row) return tables;
    tables += fmt::format("{} {} {}\n", select->Text(0), select->Integer(1), select->Text(2));
  }
}

/// A database as it is made, with nothing in it.
struct Pattern {
  std::string first_page;
  std::string tables;
};

const Pattern& MakePattern() {
  static const Pattern kPattern = [] {
    Pattern pattern;
    auto database = Database::Open(":memory:");
    if (!database || !ApplySchema(*database, SpoolSchema())) return pattern;
    DatabaseError error;
    pattern.tables = Tables(*database, error);
    pattern.first_page = database->Serialize().substr(0, kPageSize);
    return pattern;
  }();
  return kPattern;
}

void Put(std::string& page, std::size_t at, std::uint32_t number) {
  for (unsigned i = 0; i < 4; ++i) page[at + i] = static_cast<char>(number >> (24 - 8 * i));
}

/// The first page of a file of so many pages.
std::string FirstPage(std::uint64_t pages) {
  std::string page = MakePattern().first_page;
  page[kWriteVersion] = kWithLog;
  page[kReadVersion] = kWithLog;
  Put(page, kPageCount, static_cast<std::uint32_t>(pages));
  // Which pages are free is forgotten: it is only read from now on.
  std::fill(page.begin() + kFreePages, page.begin() + kFreePagesEnd, '\0');
  page.replace(kValidFor, 4, page, kChangeCounter, 4);
  return page;
}

/// One of zeros tells of nobody: it was cut off, and others were written behind it.
bool IsOurs(std::string_view page, std::string_view pattern) {
  if (page.find_first_not_of('\0') == std::string_view::npos) return true;
  std::size_t same = 0;
  for (std::size_t i = 0; i < page.size(); ++i) same += page[i] == pattern[i] ? 1 : 0;
  return same * 100 >= kSamePercent * page.size();
}

/// One that is closed at the end.
class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::optional<std::uint64_t> size() const {
    struct stat status {};
    if (fd_ < 0 || ::fstat(fd_, &status) != 0) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
  }
  bool Read(std::string& page) const {
    return fd_ >= 0 &&
           ::pread(fd_, page.data(), page.size(), 0) == static_cast<ssize_t>(page.size());
  }
  bool Write(const std::string& page) const {
    return fd_ >= 0 &&
           ::pwrite(fd_, page.data(), page.size(), 0) == static_cast<ssize_t>(page.size());
  }

 private:
  int fd_;
};

}  // namespace

DatabaseResult<void> CheckTables(Database& database) {
  DatabaseError error;
  const std::string tables = Tables(database, error);
  if (error.code != 0) return tl::unexpected(std::move(error));
  if (tables == MakePattern().tables) return {};
  return tl::unexpected(DatabaseError{SQLITE_CORRUPT, "the tables are not as they were made"});
}

bool MendFirstPage(const std::string& path) {
  if (MakePattern().first_page.size() != kPageSize) return false;
  const File file(path, O_RDWR);
  const auto size = file.size();
  std::string page(kPageSize, '\0');
  // All that it has may be in its log.
  if (size == 0U) return file.Write(FirstPage(1));
  if (!size || *size < 2 * kPageSize || !file.Read(page)) return false;
  const std::string sound = FirstPage(*size / kPageSize);
  if (!IsOurs(page, sound)) return false;
  std::string expected = sound;
  for (const auto& [from, to] : kOfTheFile)
    expected.replace(from, to - from, page, from, to - from);
  if (page == expected) return false;
  const File before(path + "-page1", O_WRONLY | O_CREAT | O_EXCL);
  return before.Write(page) && file.Write(sound);
}

}  // namespace gaikei
