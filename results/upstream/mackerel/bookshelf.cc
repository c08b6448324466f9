#include "results/upstream/mackerel/bookshelf.h"

#include <utility>

#include "results/upstream/mackerel/record.h"

namespace gaikei::mackerel {
namespace {

/// The upstream's own series, where the directory is kept: the series whose states are books.
constexpr std::int64_t kDirectory = 0;

}  // namespace

void Bookshelf::Load() {
  if (std::exchange(is_loaded_, true)) return;
  const auto bytes = states_.Load(kDirectory);
  if (!bytes) return;
  RecordReader in(*bytes);
  const std::size_t count = in.Count();
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const std::int64_t series = in.Number();
    const auto state = in.ok() ? states_.Load(series) : std::nullopt;
    auto book = state ? CheckBook::Decode(*state) : std::nullopt;
    if (!book) continue;
    BookKey key(book->check, book->region);
    kept_.insert_or_assign(std::move(key), Entry{series, std::move(*book)});
  }
}

std::string Bookshelf::EncodeDirectory() const {
  RecordWriter out;
  out.AddCount(kept_.size());
  for (const auto& [key, entry] : kept_) out.AddNumber(entry.series);
  return out.Take();
}

Bookshelf::Entry* Bookshelf::Changeable(const BookKey& key) {
  Load();
  const auto changed = changed_.find(key);
  if (changed != changed_.end()) return changed->second ? &*changed->second : nullptr;
  const auto kept = kept_.find(key);
  if (kept == kept_.end()) return nullptr;
  return &*changed_.emplace(key, kept->second).first->second;
}

CheckBook& Bookshelf::Change(const SampleSeries& series) {
  const BookKey key(series.check->name, series.region);
  Entry* entry = Changeable(key);
  if (entry == nullptr) {
    Entry fresh;
    fresh.book.check = key.first;
    fresh.book.region = key.second;
    entry = &*changed_.insert_or_assign(key, std::move(fresh)).first->second;
  }
  entry->series = series.id;
  return entry->book;
}

CheckBook& Bookshelf::Change(const BookKey& key) { return Changeable(key)->book; }

const CheckBook* Bookshelf::Find(const BookKey& key) {
  Load();
  if (const auto changed = changed_.find(key); changed != changed_.end()) {
    return changed->second ? &changed->second->book : nullptr;
  }
  const auto kept = kept_.find(key);
  return kept == kept_.end() ? nullptr : &kept->second.book;
}

std::vector<BookKey> Bookshelf::Keys() {
  Load();
  std::set<BookKey> keys;
  for (const auto& [key, entry] : kept_) keys.insert(key);
  for (const auto& [key, entry] : changed_) {
    if (entry) {
      keys.insert(key);
    } else {
      keys.erase(key);
    }
  }
  return {keys.begin(), keys.end()};
}

void Bookshelf::Remove(const BookKey& key) { changed_.insert_or_assign(key, std::nullopt); }

std::vector<LaneState> Bookshelf::Keep() {
  std::vector<LaneState> states;
  bool is_directory_changed = false;
  std::set<std::int64_t> forgotten;
  std::set<std::int64_t> written;
  for (auto& [key, entry] : changed_) {
    const auto kept = kept_.find(key);
    const bool was_kept = kept != kept_.end();
    const bool is_moved = was_kept && entry && kept->second.series != entry->series;
    if (was_kept && (!entry || is_moved)) forgotten.insert(kept->second.series);
    is_directory_changed |= !was_kept || !entry || is_moved;
    if (!entry) {
      if (was_kept) kept_.erase(kept);
      continue;
    }
    entry->book.Prune();
    states.push_back({entry->series, entry->book.Encode()});
    written.insert(entry->series);
    kept_.insert_or_assign(key, std::move(*entry));
  }
  changed_.clear();
  for (const std::int64_t series : forgotten) {
    if (written.count(series) == 0) states.push_back({series, ""});
  }
  if (is_directory_changed) states.push_back({kDirectory, EncodeDirectory()});
  return states;
}

void Bookshelf::Drop() { changed_.clear(); }

}  // namespace gaikei::mackerel
