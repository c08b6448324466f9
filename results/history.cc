#include "results/history.h"

#include "results/history_schema.h"
#include "results/time.h"

namespace gaikei {
namespace {

/// Passed at the first attempt: what the ring may forget.
bool IsPlainPass(const Outcome& outcome) {
  return outcome.status == Status::kPass && outcome.healed_by.empty();
}

}  // namespace

DatabaseResult<History> History::Open(const std::string& path, const HistoryLimits& limits,
                                      WallTime now) {
  auto database = Database::Open(path);
  if (!database) return tl::unexpected(std::move(database.error()));
  History history(std::move(*database));
  history.limits_ = limits;
  if (auto done = PrepareSchema(history.database_); !done) return tl::unexpected(done.error());
  if (auto done = history.PrepareAll(); !done) return tl::unexpected(done.error());
  if (auto done = history.ApplyLimits(); !done) return tl::unexpected(done.error());
  if (auto done = history.DropForgottenSeries(now); !done) return tl::unexpected(done.error());
  return history;
}

DatabaseResult<void> History::PrepareAll() {
  return database_.PrepareAll({
      {find_series_, "SELECT id FROM series WHERE check_name = ?1 AND region = ?2"},
      {add_series_,
       "INSERT INTO series (check_name, region, kind, updated_at, totals) "
       "VALUES (?1, ?2, ?3, 0, '') RETURNING id"},
      {last_sequence_, "SELECT max(sequence) FROM outcome WHERE series = ?1"},
      {append_,
       "INSERT INTO outcome (series, sequence, at, passed, status, json) "
       "VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      {leave_ring_, "DELETE FROM outcome WHERE series = ?1 AND sequence = ?2 AND passed = 1"},
      {read_totals_, "SELECT kind, totals FROM series WHERE id = ?1"},
      {write_totals_, "UPDATE series SET kind = ?2, totals = ?3, updated_at = ?4 WHERE id = ?1"},
      {read_rollup_, "SELECT tally FROM rollup WHERE minute = ?1 AND series = ?2"},
      {write_rollup_, "REPLACE INTO rollup (minute, series, tally) VALUES (?1, ?2, ?3)"},
      {oldest_outcome_, "SELECT at FROM outcome ORDER BY id LIMIT 1"},
      {oldest_passed_, "SELECT at FROM outcome WHERE passed = 1 ORDER BY id LIMIT 1"},
      {oldest_failed_, "SELECT at FROM outcome WHERE passed = 0 ORDER BY id LIMIT 1"},
      {oldest_rollup_, "SELECT minute * 60000000000 FROM rollup ORDER BY minute LIMIT 1"},
      {page_count_, "PRAGMA page_count"},
      {free_count_, "PRAGMA freelist_count"},
      {drop_passed_,
       "DELETE FROM outcome WHERE id IN "
       "(SELECT id FROM outcome WHERE passed = 1 ORDER BY id LIMIT ?1)"},
      {drop_failed_,
       "DELETE FROM outcome WHERE id IN "
       "(SELECT id FROM outcome WHERE passed = 0 ORDER BY id LIMIT ?1)"},
      {drop_rollups_,
       "DELETE FROM rollup WHERE (minute, series) IN "
       "(SELECT minute, series FROM rollup ORDER BY minute, series LIMIT ?1)"},
      {drop_old_,
       "DELETE FROM outcome WHERE id IN (SELECT id FROM outcome ORDER BY id LIMIT ?1) AND at < ?2"},
      {drop_old_rollups_,
       "DELETE FROM rollup WHERE (minute, series) IN "
       "(SELECT minute, series FROM rollup ORDER BY minute, series LIMIT ?1) "
       "AND minute < ?2 / 60000000000"},
  });
}

DatabaseResult<void> History::Begin() { return database_.Execute("BEGIN IMMEDIATE"); }
DatabaseResult<void> History::Commit() { return database_.Execute("COMMIT"); }

void History::Rollback() {
  // Fails where SQLite has rolled back by itself (a full disk): as good.
  [[maybe_unused]] const auto done = database_.Execute("ROLLBACK");
  series_.clear();
}

DatabaseResult<History::Series*> History::FindSeries(const std::string& check,
                                                     const std::string& region,
                                                     const std::string& kind) {
  std::string key = check;
  key += '\0';
  key += region;
  if (const auto known = series_.find(key); known != series_.end()) return &known->second;

  Series series;
  find_series_.Bind(1, check).Bind(2, region);
  auto row = find_series_.Step();
  if (row && *row) series.id = find_series_.Integer(0);
  find_series_.Reset();
  if (!row) return tl::unexpected(std::move(row.error()));
  if (!*row) {
    add_series_.Bind(1, check).Bind(2, region).Bind(3, kind);
    row = add_series_.Step();
    if (row && *row) series.id = add_series_.Integer(0);
    add_series_.Reset();
    if (!row) return tl::unexpected(std::move(row.error()));
  }
  last_sequence_.Bind(1, series.id);
  row = last_sequence_.Step();
  if (row && *row) series.last_sequence = last_sequence_.Integer(0);
  last_sequence_.Reset();
  if (!row) return tl::unexpected(std::move(row.error()));
  return &series_.emplace(std::move(key), series).first->second;
}

DatabaseResult<void> History::Append(const Outcome& outcome, std::string_view json) {
  auto series = FindSeries(outcome.check->name, outcome.region, outcome.check->kind);
  if (!series) return tl::unexpected(std::move(series.error()));
  const std::int64_t id = (*series)->id;
  const std::int64_t sequence = ++(*series)->last_sequence;
  append_.Bind(1, id)
      .Bind(2, sequence)
      .Bind(3, EpochNanos(outcome.scheduled_at))
      .Bind(4, std::int64_t{IsPlainPass(outcome) ? 1 : 0})
      .Bind(5, Name(outcome.status))
      .Bind(6, json);
  if (auto done = append_.Run(); !done) return done;
  leave_ring_.Bind(1, id).Bind(2, sequence - static_cast<std::int64_t>(limits_.ring));
  return leave_ring_.Run();
}

DatabaseResult<void> History::AddTotals(const SeriesTally& more, WallTime now) {
  auto series = FindSeries(more.check, more.region, more.kind);
  if (!series) return tl::unexpected(std::move(series.error()));
  const std::int64_t id = (*series)->id;
  read_totals_.Bind(1, id);
  auto row = read_totals_.Step();
  std::optional<Tally> totals;
  // A check that has become one of another kind begins anew.
  if (row && *row && read_totals_.Text(0) == more.kind) {
    totals = Tally::Decode(read_totals_.Text(1));
  }
  read_totals_.Reset();
  if (!row) return tl::unexpected(std::move(row.error()));
  if (!totals) totals.emplace();
  totals->Merge(more.tally);
  const std::string text = totals->Encode();
  write_totals_.Bind(1, id).Bind(2, more.kind).Bind(3, text).Bind(4, EpochNanos(now));
  return write_totals_.Run();
}

DatabaseResult<void> History::AddRollup(const SeriesTally& more, std::int64_t minute) {
  auto series = FindSeries(more.check, more.region, more.kind);
  if (!series) return tl::unexpected(std::move(series.error()));
  const std::int64_t id = (*series)->id;
  read_rollup_.Bind(1, minute).Bind(2, id);
  auto row = read_rollup_.Step();
  std::optional<Tally> tally;
  if (row && *row) tally = Tally::Decode(read_rollup_.Text(0));
  read_rollup_.Reset();
  if (!row) return tl::unexpected(std::move(row.error()));
  if (!tally) tally.emplace();
  tally->Merge(more.tally);
  tally->phases.clear();
  const std::string text = tally->Encode();
  write_rollup_.Bind(1, minute).Bind(2, id).Bind(3, text);
  return write_rollup_.Run();
}

DatabaseResult<std::vector<SeriesTally>> History::Totals() {
  auto read = database_.Prepare("SELECT check_name, region, kind, totals FROM series");
  if (!read) return tl::unexpected(std::move(read.error()));
  std::vector<SeriesTally> all;
  for (;;) {
    const auto row = read->Step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return all;
    if (auto tally = Tally::Decode(read->Text(3))) {
      all.push_back({read->Text(0), read->Text(1), read->Text(2), std::move(*tally)});
    }
  }
}

}  // namespace gaikei
