/// A spool.db of any bytes. The first byte of the input tells how it is made: 0, what follows is
/// the file; 1, what follows is the log beside a sound file; otherwise every four bytes that follow
/// change a sound file: page, two of offset in it, value. Then a spool is opened, used, and opened
/// again: the accounts add up, and what is appended is delivered.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "results/spool/spool.h"
#include "tests/support/temp_dir.h"

namespace {

using gaikei::Outcome;
using gaikei::Spool;
using gaikei::SpoolLane;
using gaikei::support::ReadFile;
using gaikei::support::TempDir;
using gaikei::support::WriteFile;

constexpr std::size_t kPage = 4096;
const gaikei::WallTime kNow = *gaikei::ParseRfc3339("2026-06-01T12:00:00Z");

bool IsOdd(const gaikei::SampleSeries& series) { return series.id % 2 == 1; }

std::unique_ptr<Spool> Open(const std::string& directory) {
  gaikei::SpoolOptions options;
  options.state_dir = directory;
  options.now = [] { return kNow; };
  auto opened = Spool::Open(std::move(options));
  if (!opened) std::abort();
  (*opened)->SetLanes({SpoolLane{.name = "folded", .max_bytes = 4000},
                       SpoolLane{.name = "odd", .takes_rollups = false, .selects = IsOdd},
                       SpoolLane{.name = "up"}});
  return std::move(*opened);
}

void Append(Spool& spool, int count) {
  for (int i = 0; i < count; ++i) {
    auto check = std::make_shared<gaikei::CheckIdentity>();
    check->name = "check" + std::to_string(i % 3);
    check->kind = "http";
    check->target = "https://shop.example/";
    Outcome outcome;
    outcome.check = std::move(check);
    outcome.region = "tokyo";
    outcome.scheduled_at = kNow + std::chrono::milliseconds(i);
    outcome.started_at = outcome.scheduled_at;
    outcome.duration = std::chrono::milliseconds(20);
    spool.Append({&outcome, 1});
  }
}

void CheckAccounts(const Spool& spool) {
  for (const gaikei::LaneAccount& account : spool.accounts()) {
    std::uint64_t sum = account.sent + account.spooled + account.rejected;
    for (const auto& [reason, count] : account.dropped) sum += count;
    if (account.produced != sum) std::abort();
  }
}

/// Delivers all that there is. Gives how many samples.
std::uint64_t Drain(Spool& spool, const std::string& lane) {
  std::uint64_t sent = 0;
  for (;;) {
    const Spool::Backlog backlog = spool.Read(lane, 50, 1 << 20);
    if (backlog.items.empty()) return sent;
    Spool::Settlement settlement;
    settlement.end = backlog.items.back()->end;
    for (const gaikei::SpoolItem* item : backlog.items) settlement.sent += item->samples();
    settlement.states = {{1, "state"}};
    sent += settlement.sent;
    spool.Settle(lane, std::move(settlement));
    CheckAccounts(spool);
  }
}

struct Sound {
  std::string file;
  std::string without_log;  ///< the file as it was before its log was brought into it
};

const Sound& MakeSound() {
  static const Sound kSound = [] {
    Sound sound;
    const TempDir directory;
    {
      const auto spool = Open(directory.path());
      for (int i = 0; i < 8; ++i) {
        Append(*spool, 12);
        spool->Commit();
      }
      const Spool::Backlog backlog = spool->Read("up", 10, 1 << 20);
      spool->Settle("up", {.end = backlog.items.back()->end, .sent = 10, .states = {{1, "kept"}}});
      spool->Depart("check1", "tokyo");
      spool->Commit();
      sound.without_log = ReadFile(directory.Path("spool.db"));
    }
    sound.file = ReadFile(directory.Path("spool.db"));
    return sound;
  }();
  return kSound;
}

std::string Changed(std::string file, std::string_view changes) {
  for (; changes.size() >= 4; changes.remove_prefix(4)) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(changes[i]); };
    const std::size_t pages = file.size() / kPage;
    const std::size_t at = byte(0) % pages * kPage + (byte(1) * 256U + byte(2)) % kPage;
    file[at] = changes[3];
  }
  return file;
}

/// Uses what is there. Samples that are appended are delivered, whatever there was before.
void Use(const std::string& directory) {
  const auto spool = Open(directory);
  CheckAccounts(*spool);
  (void)spool->LoadState("up", 1);
  const std::uint64_t before = spool->account("up").sent;
  Append(*spool, 5);
  spool->Commit();
  Drain(*spool, "up");
  if (spool->account("up").sent < before + 5) std::abort();
  Drain(*spool, "odd");
  (void)spool->Read("folded", 10, 1 << 20);
  spool->Commit();
  CheckAccounts(*spool);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return 0;
  const TempDir directory;
  const std::string path = directory.Path("spool.db");
  const std::string_view rest = input.substr(1);
  switch (input.front()) {
    case 0:
      WriteFile(path, std::string(rest));
      break;
    case 1:
      WriteFile(path, MakeSound().without_log);
      WriteFile(path + "-wal", std::string(rest));
      break;
    default:
      WriteFile(path, Changed(MakeSound().file, rest));
  }
  Use(directory.path());
  Use(directory.path());
  return 0;
}
