#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "results/spool/sample.h"
#include "results/spool/sample_codec.h"

namespace gaikei::testing {

/// Makes items that are nothing but possible: every field has whatever its type can hold. The same
/// seed gives the same ones.
class RandomItems {
 public:
  explicit RandomItems(std::uint64_t seed);

  /// One after the other in the log, of a few series; roll-ups are wider than one.
  std::vector<SpoolItem> Make(std::size_t count);
  /// As a prober makes them: samples with a time that grows, all of them possible in life.
  std::vector<SpoolItem> MakePlausible(std::size_t count, std::size_t series);

  std::shared_ptr<const SampleSeries> Series(std::int64_t id);
  /// Knows the series that were made.
  SeriesLookup Lookup();

 private:
  std::uint64_t Number(std::uint64_t below) { return engine_() % below; }
  bool Coin() { return Number(2) == 0; }
  /// Of any magnitude.
  std::int64_t Integer();
  double Real();
  std::string Text();
  std::string Hex();
  WallTime Time() { return WallTime(Span(Integer())); }
  Latest MakeLatest();
  Sample MakeSample();
  Rollup MakeRollup();

  std::mt19937_64 engine_;
  Sequence next_ = 1;
  std::map<std::int64_t, std::shared_ptr<const SampleSeries>> series_;
};

/// All there is to know of an item; two texts are equal where the items are.
std::string Describe(const SpoolItem& item);

}  // namespace gaikei::testing
