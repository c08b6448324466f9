#include "results/history_query.h"

#include <chrono>

namespace gaikei {

DatabaseResult<std::vector<std::string>> QueryOutcomes(Database& database,
                                                       const OutcomeQuery& query) {
  std::string sql = "SELECT json FROM outcome WHERE 1";
  if (!query.check.empty() || !query.region.empty()) {
    sql += " AND series IN (SELECT id FROM series WHERE 1";
    if (!query.check.empty()) sql += " AND check_name = ?1";
    if (!query.region.empty()) sql += " AND region = ?2";
    sql += ")";
  }
  if (query.status) sql += " AND status = ?3";
  // Lets the index of `passed` find the few that are not.
  if (query.status && *query.status != Status::kPass) sql += " AND passed = 0";
  if (query.since) sql += " AND at >= ?4";
  sql += " ORDER BY id DESC LIMIT ?5";
  auto read = database.Prepare(sql);
  if (!read) return tl::unexpected(std::move(read.error()));
  // A parameter that the text does not mention is ignored.
  read->Bind(1, query.check).Bind(2, query.region).Bind(5, static_cast<std::int64_t>(query.limit));
  if (query.status) read->Bind(3, Name(*query.status));
  if (query.since) read->Bind(4, std::int64_t{query.since->time_since_epoch().count()});

  std::vector<std::string> outcomes;
  for (;;) {
    const auto row = read->Step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return outcomes;
    outcomes.push_back(read->Text(0));
  }
}

DatabaseResult<std::vector<HistoryRollup>> QueryRollups(Database& database,
                                                        const std::string& check,
                                                        const std::string& region, WallTime since) {
  auto read = database.Prepare(
      "SELECT minute, tally FROM rollup WHERE minute >= ?1 AND series = "
      "(SELECT id FROM series WHERE check_name = ?2 AND region = ?3) ORDER BY minute");
  if (!read) return tl::unexpected(std::move(read.error()));
  const auto minute = std::chrono::floor<std::chrono::minutes>(since).time_since_epoch().count();
  read->Bind(1, std::int64_t{minute}).Bind(2, check).Bind(3, region);
  std::vector<HistoryRollup> rollups;
  for (;;) {
    const auto row = read->Step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return rollups;
    if (auto tally = Tally::Decode(read->Text(1))) {
      rollups.push_back({WallTime(std::chrono::minutes(read->Integer(0))), std::move(*tally)});
    }
  }
}

}  // namespace gaikei
