#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "results/database.h"
#include "results/time.h"

namespace gaikei {

/// What one of our SQLite files holds, and how it is told from the files of others.
struct Schema {
  std::int64_t application_id = 0;  ///< PRAGMA application_id
  std::int64_t version = 1;         ///< PRAGMA user_version; a higher one is not ours to touch
  const char* first_settings = "";  ///< PRAGMAs of an empty file that write something into it
  const char* settings = "";        ///< PRAGMAs of every connection
  const char* tables = "";          ///< makes them in an empty file
  std::string_view what;            ///< "a history of gaikei"
};

/// Makes the tables in an empty database, and checks that one which is not empty is ours. An error
/// with is_corrupt() where it is not; is_newer() where a newer version of this program made it.
DatabaseResult<void> ApplySchema(Database& database, const Schema& schema);

/// The check alone, for a database that is only read. An empty one is not ours.
DatabaseResult<void> CheckSchema(Database& database, const Schema& schema);

/// Renames a damaged file, with the log and the index that belong to it, so that another can be
/// begun. Gives its new name; the error is one line.
tl::expected<std::string, std::string> PutAside(const std::string& path, WallTime now);

}  // namespace gaikei
