import { specifyGoldenClustering } from './golden-clustering.js';

specifyGoldenClustering('joint-clustering-n49', 7);
