// How a lane's row becomes bytes, and back.

#include <numeric>
#include <utility>

#include "results/spool/spool_fields.h"
#include "results/spool/spool_rows.h"

namespace gaikei {

bool LaneRow::is_balanced() const {
  const std::uint64_t lost =
      std::accumulate(dropped.begin(), dropped.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const auto& row) { return sum + row.second; });
  return produced == sent + spooled + rejected + lost;
}

std::string EncodeLane(const LaneRow& lane) {
  FieldWriter out;
  for (const std::uint64_t number :
       {lane.cursor, lane.log_from, lane.until,
        static_cast<std::uint64_t>(lane.gone_at.time_since_epoch().count()), lane.produced,
        lane.sent, lane.rejected, lane.duplicates, lane.spooled, lane.max_bytes,
        static_cast<std::uint64_t>(lane.max_age.count()),
        std::uint64_t{lane.takes_rollups ? 1U : 0U}, std::uint64_t{lane.is_filtered ? 1U : 0U},
        lane.selection}) {
    out.Put(number);
  }
  for (const auto& [reason, count] : lane.dropped) {
    out.PutText(reason);
    out.Put(count);
  }
  return out.bytes();
}

std::uint32_t LaneCrc(std::string_view name, std::string_view account) {
  FieldWriter all;
  all.PutText(name);
  all.PutText(account);
  return Crc32(all.bytes());
}

std::optional<LaneRow> DecodeLane(std::string name, std::string_view account) {
  LaneRow lane;
  lane.name = std::move(name);
  FieldReader in(account);
  lane.cursor = in.Take();
  lane.log_from = in.Take();
  lane.until = in.Take();
  lane.gone_at = WallTime(Span(static_cast<std::int64_t>(in.Take())));
  lane.produced = in.Take();
  lane.sent = in.Take();
  lane.rejected = in.Take();
  lane.duplicates = in.Take();
  lane.spooled = in.Take();
  lane.max_bytes = in.Take();
  lane.max_age = Span(static_cast<std::int64_t>(in.Take()));
  lane.takes_rollups = in.Take() != 0;
  lane.is_filtered = in.Take() != 0;
  lane.selection = in.Take();
  while (!in.is_at_end()) {
    std::string reason(in.TakeText());
    lane.dropped[std::move(reason)] = in.Take();
  }
  if (!in.is_good() || !lane.is_balanced()) return std::nullopt;
  return lane;
}

std::optional<LaneRow> ReadLane(const Statement& row) {
  std::string name = row.Text(0);
  const std::string_view account = row.Blob(1);
  if (row.Integer(2) != LaneCrc(name, account)) return std::nullopt;
  return DecodeLane(std::move(name), account);
}

}  // namespace gaikei
