"""Makes the two archives beside this file, with Python 2: the pickles of CIFAR's python version were
written by its cPickle. Stand-ins for NumPy's classes are pickled as NumPy 1 pickles its own, so that
NumPy reads them: pickle.load(file, encoding='bytes') in Python 3 gives arrays.

Pixel p of image r of file f is (50 f + 10 r + p) mod 256, plane by plane, as in CifarReaderTest.
"""
import cPickle
import io
import os
import sys
import tarfile
import types

numpy = types.ModuleType('numpy')
core = types.ModuleType('numpy.core')
multiarray = types.ModuleType('numpy.core.multiarray')
sys.modules.update({'numpy': numpy, 'numpy.core': core, 'numpy.core.multiarray': multiarray})
numpy.core = core
core.multiarray = multiarray


def _reconstruct(kind, shape, code):
    raise NotImplementedError


_reconstruct.__module__ = 'numpy.core.multiarray'
multiarray._reconstruct = _reconstruct


class dtype(object):
    def __reduce__(self):
        return dtype, ('u1', 0, 1), (3, '|', None, None, None, -1, -1, 0)


class ndarray(object):
    def __init__(self, rows):
        self.rows = rows

    def __reduce__(self):
        state = (1, (len(self.rows), 3072), dtype(), False, ''.join(self.rows))
        return _reconstruct, (ndarray, (0,), 'b'), state


for cls in (dtype, ndarray):
    cls.__module__ = 'numpy'
    setattr(numpy, cls.__name__, cls)


def images(f, n):
    return ndarray([''.join(chr((50 * f + 10 * r + p) % 256) for p in range(3072)) for r in range(n)])


def archive(name, folder, files):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    with tarfile.open(path, 'w:gz') as tar:
        info = tarfile.TarInfo(folder)
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
        for file, content in files:
            data = cPickle.dumps(content, 2)
            info = tarfile.TarInfo(folder + '/' + file)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


ten = [('batches.meta', {'num_cases_per_batch': 2, 'label_names': ['airplane'], 'num_vis': 3072})]
for f in range(1, 6):
    ten.append(('data_batch_%d' % f, {
        'batch_label': 'training batch %d of 5' % f, 'labels': [f, 9 - f], 'data': images(f, 2),
        'filenames': ['first_%d.png' % f, 'second_%d.png' % f]}))
ten.append(('test_batch', {
    'batch_label': 'testing batch 1 of 1', 'labels': [7], 'data': images(0, 1),
    'filenames': ['test.png']}))
archive('cifar-10-python.tar.gz', 'cifar-10-batches-py', ten)

hundred = [('meta', {'fine_label_names': ['apple'], 'coarse_label_names': ['aquatic_mammals']})]
for f, (file, n) in enumerate([('train', 3), ('test', 1)]):
    hundred.append((file, {
        'filenames': ['%s_%d.png' % (file, i) for i in range(n)],
        'batch_label': '%sing batch 1 of 1' % file,
        'fine_labels': [[19, 99, 0], [49]][f], 'coarse_labels': [[11, 19, 0], [4]][f],
        'data': images(f, n)}))
archive('cifar-100-python.tar.gz', 'cifar-100-python', hundred)
