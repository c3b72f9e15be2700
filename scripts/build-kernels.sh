#!/bin/sh
# Compiles kernels/ into a fatbin with nvcc: scripts/build-kernels.sh FOLDER
#
# Writes FOLDER/kernels.fatbin and FOLDER/kernels.properties, unless those there are of the same sources, the same nvcc and the
# same architectures. Without nvcc it says so and succeeds: the build then has no kernels, and the cuda backend says that.
#
#   LEMNISCATE_NVCC        the nvcc to use, or `none`; otherwise nvcc of PATH, CUDA_HOME, CUDA_PATH, /usr/local/cuda
#   LEMNISCATE_CUDA_ARCHS  what to compile for, e.g. 90 for one machine; otherwise all that nvcc knows of 80, 90, 100
set -eu

folder=$1
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

find_nvcc() {
  if [ -n "${LEMNISCATE_NVCC:-}" ]; then
    echo "$LEMNISCATE_NVCC"
    return
  fi
  for candidate in "$(command -v nvcc || :)" \
    "${CUDA_HOME:-/none}/bin/nvcc" "${CUDA_PATH:-/none}/bin/nvcc" /usr/local/cuda/bin/nvcc; do
    if [ -x "$candidate" ]; then
      echo "$candidate"
      return
    fi
  done
  echo none
}

nvcc=$(find_nvcc)
if [ "$nvcc" = none ]; then
  echo 'kernels: no nvcc, so this build has no cuda backend (install the CUDA toolkit and build again for one)'
  rm -f "$folder/kernels.fatbin" "$folder/kernels.properties"
  exit 0
fi

version=$("$nvcc" --version | sed -n 's/.*release \([0-9.]*\),.*/\1/p')
[ -n "$version" ] || {
  echo "kernels: $nvcc does not tell its version; is it nvcc?" >&2
  exit 1
}

# An architecture with a letter is known where the plain one is.
archs=
known=$("$nvcc" --list-gpu-code)
for arch in ${LEMNISCATE_CUDA_ARCHS:-80 90 100}; do
  case "$known
" in
    *"sm_${arch%[a-z]}
"*) archs="$archs $arch" ;;
  esac
done
[ -n "$archs" ] || {
  echo "kernels: $nvcc (CUDA $version) compiles for none of ${LEMNISCATE_CUDA_ARCHS:-80 90 100}" >&2
  exit 1
}

# form ARCH: what its machine code is made of. Kernels come in the two forms of common/cluster.cuh, so that one PTX serves all
# architectures of a form; the compiler takes most of its time for that. An architecture with a letter has its own.
form() {
  case $1 in
    *[a-z]) echo "$1" ;;
    8[0-9]) echo 80 ;;
    9[0-9] | [1-9][0-9][0-9]) echo 90 ;;
    *) echo "$1" ;;
  esac
}

# PTX too, for devices that are newer than nvcc or in between.
generate=
holds=
forms=
for arch in $archs; do
  form=$(form "$arch")
  generate="$generate -gencode arch=compute_$form,code=sm_$arch"
  holds="$holds sm_$arch"
  case "$forms " in
    *" $form "*) ;;
    *) forms="$forms $form" ;;
  esac
done
for form in $forms; do
  case $form in
    *[a-z]) ;;
    *)
      generate="$generate -gencode arch=compute_$form,code=compute_$form"
      holds="$holds compute_$form"
      ;;
  esac
done

options='-std=c++17 -O3 -Werror all-warnings'
sources=$(cd "$root/kernels" && find . -name '*.cu' -o -name '*.cuh' | LC_ALL=C sort | xargs cat | cksum)
facts="toolkit=$version
architectures=${holds# }
options=$options
sources=$sources"

if [ -f "$folder/kernels.fatbin" ] && [ "$(cat "$folder/kernels.properties" 2> /dev/null)" = "$facts" ]; then
  exit 0
fi

mkdir -p "$folder"
rm -f "$folder/kernels.properties"
# shellcheck disable=SC2086
"$nvcc" --fatbin $options --threads 0 $generate \
  "$root/kernels/lemniscate.cu" -o "$folder/kernels.fatbin.new"
mv "$folder/kernels.fatbin.new" "$folder/kernels.fatbin"
printf '%s\n' "$facts" > "$folder/kernels.properties"
