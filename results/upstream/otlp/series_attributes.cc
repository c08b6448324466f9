#include "results/upstream/otlp/series_attributes.h"

#include "results/upstream/otlp/attributes.h"

namespace gaikei::otlp {

const std::shared_ptr<const Attributes>& SeriesAttributes::Of(const SampleSeries& series) {
  std::shared_ptr<const Attributes>& made = made_[series.id];
  if (made == nullptr) {
    AttributeList list(mapping_);
    for (const char* own : {"gaikei.status", "error.type", "gaikei.phase"}) list.Reserve(own);
    PutSeries(series, mapping_, list);
    made = std::make_shared<const Attributes>(list.Take());
  }
  return made;
}

}  // namespace gaikei::otlp
