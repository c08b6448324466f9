#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "results/database.h"

namespace gaikei {

/// Reads a table of an integer key in the order of that key, which has to be the first column.
class TableScan {
 public:
  /// "series", "id", "id, name, ...": all of it SQL.
  TableScan(Database& database, std::string table, std::string key, std::string columns)
      : database_(database),
        table_(std::move(table)),
        key_(std::move(key)),
        columns_(std::move(columns)) {}

  using Visit = std::function<void(const Statement& row)>;

  /// Every row, or the error that stopped it. Keys that do not grow are one.
  DatabaseResult<void> All(const Visit& visit);
  /// Every row that can be read: around places that cannot be, from both sides. True where there
  /// was no such place.
  bool Readable(const Visit& visit);

 private:
  /// What stopped it and where, between two keys.
  struct Part {
    std::int64_t last =
        0;  ///< key of the last row that was visited; the bound where there was none
    DatabaseResult<void> result;
  };
  Part Between(std::int64_t above, std::int64_t below, bool is_upwards, const Visit& visit);

  Database& database_;
  std::string table_;
  std::string key_;
  std::string columns_;
};

}  // namespace gaikei
