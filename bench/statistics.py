"""What `hpq report` finds in searches made up for the purpose, of which it is known what there is to find.

`python bench/statistics.py` prints the table of docs/concepts/significance.md in about ten minutes, and with
names such as `nulls leaders` those parts. All seeds are fixed: the same code prints the same table.
"""

import importlib.machinery
import importlib.util
import os
import sys

if __name__ != "__main__":
    # Whoever imports `statistics` from a script in this folder means the standard library's.
    _spec = importlib.machinery.PathFinder.find_spec(__name__, [os.path.dirname(os.__file__)])
    assert _spec is not None
    assert _spec.loader is not None
    sys.modules[__name__] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[__name__])
else:
    import significance
    from parts import measure_parts

    measure_parts("What the report finds in searches made up for the purpose.", significance.PARTS)
