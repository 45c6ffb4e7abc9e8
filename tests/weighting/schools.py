"""183 schools of 15 Californian districts in 2000, a cluster sample with known margins.

Academic Performance Index of the California Department of Education, the sample
`apiclus1` of R's survey package. Per district: E, M or H for elementary, middle or high
school, the index of 2000, and "n" if the school missed its target for growth.
"""

import numpy as np

DISTRICTS = {
    637: "H608 E684 E612 E710 E729 E714 E759 E585 E625 M664 M669",
    437: "H443 E467 M482 E496",
    778: "M411n E494",
    197: "E493 M592n E550 M689 M598n E628 E652 E628 E832 E777 E709 E709n E736",
    406: "E561 E555",
    815: "H696n M631n E564 E602",
    178: "H529 E491 E510 M547n",
    255: "E814 E806 E715 E785 M720 E905 M617 E630 E629 E696 E476 E757 E825 E595 E552n M847",
    568: "H714 H724 H687n H723 E662 E699n E807 M679 E691",
    135: "E622 E754 E655 E764 E795 E505 E638n E733 E523 E511 E710 E657 E602 E490 E664n E651 "
    "E603 E698 E511 E814 E669 E711n E538 E705 E595 E551 E762 E521 E709 E780 E780 E722 E828 E737",
    510: "H595n H661 E502 M614n E585 E582 M642 E536 E746 E667 E629n E745 E674 E637 E696 E632 "
    "E639 E745 E789 M656 E789",
    716: "H517 H478 H582 E592 E587 E553 E516 E535 E566 E481n E472 E559 E610 E599 E551 E554 "
    "E561n E505n E492n E504 E487 E627 E465 E529 E625 E436 E542 E515n M461 M528 M512 M508 "
    "E670 E760 E652 E546 E717",
    61: "E701 E748 E735 M699n E685 E827 M711 E677 M759n E697 E742 E691 E700",
    413: "E551",
    448: "H703 E676 E714 E842 E824 E717 E836 M733 E719 M817 E749 E781",
}

SCHOOLS = [(district, school) for district, row in DISTRICTS.items() for school in row.split()]
COLUMNS = {
    "stype": [school[0] for _, school in SCHOOLS],
    "sch.wide": ["No" if school.endswith("n") else "Yes" for _, school in SCHOOLS],
}
API, POSITION = np.unique([int(school[1:4]) for _, school in SCHOOLS], return_inverse=True)
DISTRICT = np.unique([district for district, _ in SCHOOLS], return_inverse=True)[1]

TYPES = {"E": 4421, "H": 755, "M": 1018}
GROWTH = {"No": 1072, "Yes": 5122}
