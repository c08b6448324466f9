#include "tests/results/upstream/items.h"

#include "tests/results/samples.h"

namespace gaikei::testing {

std::shared_ptr<const SampleSeries> MakeSeries(
    const std::string& check, const std::string& region,
    std::vector<std::pair<std::string, std::string>> labels) {
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = check;
  identity->kind = "http";
  identity->target = "https://" + check + ".example/";
  identity->labels = std::move(labels);
  auto series = std::make_shared<SampleSeries>();
  series->id = 1;
  series->check = std::move(identity);
  series->region = region;
  return series;
}

SpoolItem SampleItem(std::shared_ptr<const SampleSeries> series) {
  Sample sample;
  sample.series = std::move(series);
  sample.scheduled_at = sample.started_at = sample.at = SampleTime();
  sample.counts = Counts::kGood;
  sample.latest.status = Status::kPass;
  sample.latest.has_started = true;
  SpoolItem item;
  item.sequence = 1;
  item.end = 2;
  item.content = std::move(sample);
  return item;
}

}  // namespace gaikei::testing
