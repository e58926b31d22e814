// See known_sets.h.
#include "data/known_sets.h"

#include <algorithm>
#include <array>

#include "error.h"

namespace invar::data {
namespace {

constexpr std::array kSets{
    KnownSet{"cifar10",
             "CIFAR-10, 60,000 images of 32 x 32 pixels in 10 classes",
             "cifar-10-batches-bin",
             "cifar-10-batches-bin/test_batch.bin",
             "unpack cifar-10-binary.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html there",
             {50'000, 10'000, 32, 32, 3, 10}},
    KnownSet{
        "imagenet",
        "ImageNet-1K, 1.28 million images in 1,000 classes",
        "imagenet/train.h5",
        "imagenet/validation.h5",
        "take ILSVRC 2012 from https://image-net.org (its terms allow no copies), cut its images to squares of one "
        "size, and store them as HDF5: images, 8 bits [N, rows, columns, 3], and labels, integers [N] from 0",
        {1'281'167, 50'000, 224, 224, 3, 1'000}},
    KnownSet{"imagenet-sample",
             "256 images of ImageNet-1K, of 256 classes, 224 x 224 pixels",
             "imagenet_sample.h5",
             "",
             "make such a file from ILSVRC 2012, https://image-net.org: images, 8 bits [256, 224, 224, 3], and labels, "
             "integers [256] from 0",
             {256, 0, 224, 224, 3, 997}},  // ImageNet's numbers of classes, up to 996
    KnownSet{"ptb",
             "Penn Treebank as T. Mikolov prepared it, 929,589 words of 10,000",
             "ptb/ptb.train.txt",
             "ptb/ptb.valid.txt",
             "take ptb.train.txt and ptb.valid.txt from simple-examples.tgz of the RNNLM toolkit, "
             "http://www.fit.vutbr.cz/~imikolov/rnnlm (the Linguistic Data Consortium's terms: research only)",
             {},
             {{{Tokenizer::words, 10'000, 929'589, 73'760}, {Tokenizer::characters, 50, 5'101'618, 399'782}}}},
    KnownSet{"wikitext2",
             "WikiText-2, 2,088,628 words of 33,278",
             "wikitext-2/wiki.train.tokens",
             "wikitext-2/wiki.valid.tokens",
             "unpack wikitext-2-v1.zip, words, of S. Merity et al., arXiv 1609.07843 (CC BY-SA), there",
             {},
             {{{Tokenizer::words, 33'278, 2'088'628, 217'646}, {Tokenizer::characters, 283, 10'780'437, 1'120'192}}}},
    KnownSet{"wikitext103",
             "WikiText-103, 103 million words of 267,735",
             "wikitext-103/wiki.train.tokens",
             "wikitext-103/wiki.valid.tokens",
             "unpack wikitext-103-v1.zip, words, of S. Merity et al., arXiv 1609.07843 (CC BY-SA), there",
             {},
             {{{Tokenizer::words, 267'735, 103'227'021, 217'646}}}},
    KnownSet{"shakespeare",
             "Tiny Shakespeare, 1,115,394 characters of 65",
             "tinyshakespeare.txt",
             "",
             "take data/tinyshakespeare/input.txt of https://github.com/karpathy/char-rnn",
             {},
             {{{Tokenizer::characters, 65, 1'115'394, 0}}}},
};

}  // namespace

std::span<const KnownSet> known_sets() {
  return kSets;
}

const KnownSet* find_set(std::string_view name) {
  const auto found = std::ranges::find(kSets, name, &KnownSet::name);
  return found == kSets.end() ? nullptr : &*found;
}

bool is_there(std::string_view part, const std::filesystem::path& folder) {
  const std::filesystem::path plain = folder / part;
  return std::filesystem::exists(plain) || std::filesystem::exists(plain.string() + ".gz");
}

std::filesystem::path find_part(const KnownSet& set, std::string_view part, const std::filesystem::path& folder) {
  const std::filesystem::path plain = folder / part, packed = plain.string() + ".gz";
  if (std::filesystem::exists(plain)) return plain;
  if (std::filesystem::exists(packed)) return packed;
  throw InputError("data = " + std::string(set.name) + ": " + plain.string() + " is not there. It is " +
                   std::string(set.title) + ": " + std::string(set.source) +
                   "; or say with --data-folder in which folder " + std::string(part) + " is");
}

}  // namespace invar::data
