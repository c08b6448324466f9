#include "results/spool/table_scan.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace gaikei {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

}  // namespace

TableScan::Part TableScan::Between(std::int64_t above, std::int64_t below, bool is_upwards,
                                   const Visit& visit) {
  Part part{is_upwards ? above : below, {}};
  auto select = database_.Prepare(
      fmt::format("SELECT {0} FROM {1} WHERE {2} > ?1 AND {2} < ?2 ORDER BY {2} {3}", columns_,
                  table_, key_, is_upwards ? "ASC" : "DESC"));
  if (!select) {
    part.result = tl::unexpected(std::move(select.error()));
    return part;
  }
  select->Bind(1, above).Bind(2, below);
  for (;;) {
    auto row = select->Step();
    if (!row) {
      part.result = tl::unexpected(std::move(row.error()));
      return part;
    }
    if (!*row) return part;
    const std::int64_t key = select->Integer(0);
    const bool is_in_order = is_upwards ? key > part.last : key < part.last;
    if (!is_in_order || key <= above || key >= below) {
      part.result = tl::unexpected(DatabaseError{SQLITE_CORRUPT, "keys out of order"});
      return part;
    }
    part.last = key;
    visit(*select);
  }
}

DatabaseResult<void> TableScan::All(const Visit& visit) {
  return Between(kLeast, kMost, true, visit).result;
}

bool TableScan::Readable(const Visit& visit) {
  const Part up = Between(kLeast, kMost, true, visit);
  if (up.result) return true;
  std::int64_t above = up.last;
  const std::int64_t below = Between(above, kMost, false, visit).last;
  // What is left in between is looked for at growing distances.
  for (std::int64_t step = 1;;) {
    if (above > below - 1 - step || step > kMost / 4) break;
    const Part part = Between(above + step, below, true, visit);
    if (part.result) break;
    if (part.last > above + step) {
      above = part.last;
      step = 1;
    } else {
      step *= 2;
    }
  }
  return false;
}

}  // namespace gaikei
